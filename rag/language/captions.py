"""Words before the numbers of what stands in a text and is no part of it: tables, pictures, pages.

A series of *Table 1*, *Table 2* heads nothing that follows it.
"""

from __future__ import annotations

CAPTIONED = frozenset(
    """
    box chart diagram equation example fig figure formula graph illustration image
    line map note page photo picture plate row slide table tables
    abb abbildung beispiel bild seite tab tabelle zeile
    exemple graphique planche tableau
    cuadro ejemplo figura foto gráfico gráfica ilustración imagen lámina mapa página tabla
    tabela tabella pagine immagine grafico quadro
    afbeelding bladzijde figuur pagina tabel voorbeeld
    """.split()
)
