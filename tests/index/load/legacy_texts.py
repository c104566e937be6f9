"""The same few sentences in many languages, and the 8-bit encodings that such texts are kept in.

For tests of guessing an encoding, whose right answer is known because the bytes are made here.
`python -m tests.index.load.legacy_texts` prints the tables of docs/formats.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from index.errors import UnreadableError
from index.load.base import decode

LENGTHS = {"phrase": 3, "sentence": 9, "two lines": 22, "paragraph": 10_000}  # words

# Of each language: the encodings of its files, the usual one first, and the sentences.
_TEXTS: dict[str, tuple[str, str]] = {
    "de": (
        "cp1252 cp850",
        "Die Prüfung findet am 3. März um 9 Uhr im Büro statt. Der Schlüssel für die Werkstätte "
        "liegt beim Pförtner, der täglich ab sieben Uhr da ist. Bitte größere Geräte vorher "
        "anmelden. Im letzten Jahr wurden dreihundert Maschinen verkauft, davon zwölf nach "
        "Österreich.",
    ),
    "fr": (
        "cp1252 cp850",
        "L’année dernière, la société a vendu trois cents machines à l’étranger. La clé de "
        "l’atelier se trouve chez le gardien, qui est présent dès sept heures. Veuillez déclarer "
        "les gros appareils à l’avance. Le contrôle aura lieu en février, près de la gare, où "
        "le café est déjà prêt.",
    ),
    "es": (
        "cp1252 cp850",
        "El año pasado la compañía vendió 300 máquinas. La llave del taller está en la portería, "
        "que abre cada día a las siete. ¿Quién avisó al señor Núñez? La inspección será en "
        "otoño, según el último plan, y después habrá una reunión más pequeña.",
    ),
    "pt": (
        "cp1252",
        "A inspeção será às nove horas no escritório. No ano passado a companhia vendeu trezentas "
        "máquinas à Espanha e três à França. A chave da oficina está na recepção, que não abre "
        "aos sábados. As instruções dos aparelhos maiores estão no armário.",
    ),
    "it": (
        "cp1252",
        "La società ha venduto trecento macchine, perché la qualità è più alta. La chiave "
        "dell'officina è dal portiere, che però arriva martedì. La verifica sarà lunedì, e così "
        "nessuno potrà entrare. Il caffè è già pronto.",
    ),
    "nl": (
        "cp1252",
        "Vorig jaar zijn driehonderd machines naar België verkocht. De coördinator is één keer "
        "per week aanwezig, maar de reünie gaat door. Wie geïnteresseerd is, meldt zich bij de "
        "portier. De patiënten kregen een financiële vergoeding.",
    ),
    "sv": (
        "cp1252",
        "Försäljningen ökade med 7 procent i år. Nyckeln till verkstaden ligger hos vaktmästaren, "
        "som är på plats från klockan sju. Anmäl större maskiner i förväg. Kontrollen äger rum på "
        "måndag, och därefter åker två av oss till Malmö.",
    ),
    "da": (
        "cp1252",
        "Prøven finder sted på mandag på kontoret. Nøglen til værkstedet ligger hos portneren, "
        "som møder hver dag fra klokken syv. Større maskiner skal anmeldes på forhånd. Sidste år "
        "blev der solgt tre hundrede stykker til Færøerne.",
    ),
    "fi": (
        "cp1252",
        "Tarkastus pidetään maanantaina yhdeksältä. Työpajan avain on vahtimestarilla, joka tulee "
        "töihin seitsemältä. Isommista laitteista täytyy ilmoittaa etukäteen. Viime vuonna "
        "myytiin kolmesataa konetta, eikä yhtään palautettu.",
    ),
    "is": (
        "cp1252",
        "Prófið verður haldið á mánudaginn klukkan níu. Lykillinn að verkstæðinu er hjá "
        "húsverðinum, sem er við frá klukkan sjö. Stærri tæki þarf að tilkynna fyrir fram. Í fyrra "
        "seldust þrjú hundruð vélar.",
    ),
    "en": (
        "cp1252",
        "The café doesn’t open before seven o’clock, he said. The “résumé” of Ms Brontë is kept in "
        "the façade room – nobody knows why. Tickets cost £12, or 14 €, and the temperature stays "
        "at 20 °C.",
    ),
    "pl": (
        "cp1250 iso8859-2",
        "Sprawdzian odbędzie się w środę o dziewiątej. Klucz do warsztatu leży u dozorcy, który "
        "przychodzi codziennie o siódmej. Większe urządzenia należy zgłosić wcześniej. W zeszłym "
        "roku sprzedaliśmy trzysta maszyn, z tego dwanaście do Łodzi.",
    ),
    "cs": (
        "cp1250 iso8859-2",
        "Zkouška se koná v pondělí v devět hodin. Klíč od dílny je u vrátného, který přichází "
        "každý den v sedm. Větší přístroje prosím ohlaste předem. Loni se prodalo tři sta strojů, "
        "z toho dvanáct do Plzně, a žádný se nevrátil.",
    ),
    "sk": (
        "cp1250 iso8859-2",
        "Skúška sa koná v pondelok o deviatej. Kľúč od dielne je u vrátnika, ktorý chodí každý "
        "deň o siedmej. Väčšie prístroje treba vopred ohlásiť. Vlani sa predalo tristo strojov, "
        "z toho dvanásť do Košíc.",
    ),
    "hu": (
        "cp1250 iso8859-2",
        "A vizsga hétfőn kilenckor lesz az irodában. A műhely kulcsa a portásnál van, aki minden "
        "nap hétkor érkezik. A nagyobb gépeket előre be kell jelenteni. Tavaly háromszáz gépet "
        "adtunk el, ebből tizenkettőt Győrbe.",
    ),
    "ro": (
        "cp1250 iso8859-2",
        "Examenul are loc luni la ora nouă în birou. Cheia de la atelier este la portar, care vine "
        "în fiecare zi la şapte. Aparatele mai mari trebuie anunţate înainte. Anul trecut s-au "
        "vândut trei sute de maşini, dintre care două la Iaşi.",
    ),
    "hr": (
        "cp1250 iso8859-2",
        "Ispit će se održati u ponedjeljak u devet. Ključ radionice je kod vratara, koji dolazi "
        "svaki dan u sedam. Veće uređaje treba prijaviti unaprijed. Prošle godine prodano je "
        "tristo strojeva, od toho šest u Čakovec, a još će ih biti.",
    ),
    "lt": (
        "cp1257",
        "Egzaminas vyks pirmadienį devintą valandą. Dirbtuvės raktas yra pas sargą, kuris ateina "
        "kiekvieną dieną septintą. Apie didesnius įrenginius prašome pranešti iš anksto. Pernai "
        "parduota trys šimtai mašinų, iš jų dvylika į Šiaulius.",
    ),
    "lv": (
        "cp1257",
        "Pārbaude notiks pirmdien pulksten deviņos. Darbnīcas atslēga ir pie sarga, kurš nāk katru "
        "dienu septiņos. Par lielākām ierīcēm lūdzam paziņot iepriekš. Pērn pārdeva trīssimt "
        "mašīnu, no tām divpadsmit uz Liepāju.",
    ),
    "et": (
        "cp1257 cp1252",
        "Eksam toimub esmaspäeval kell üheksa. Töökoja võti on valvuri käes, kes tuleb iga päev "
        "kell seitse. Suurematest seadmetest palume ette teatada. Möödunud aastal müüdi kolmsada "
        "masinat, neist kaksteist Võrru.",
    ),
    "tr": (
        "cp1254",
        "Sınav pazartesi günü saat dokuzda yapılacak. Atölyenin anahtarı her gün yedide gelen "
        "kapıcıdadır. Büyük aletleri önceden bildirmeniz gerekir. Geçen yıl üç yüz makine "
        "satıldı, bunların on ikisi İzmir'e gitti.",
    ),
    "ru": (
        "cp1251 koi8-r cp866 iso8859-5",
        "Проверка состоится в понедельник в девять часов. Ключ от мастерской лежит у сторожа, "
        "который приходит каждый день в семь. О больших приборах просим сообщать заранее. В "
        "прошлом году продали триста машин.",
    ),
    "uk": (
        "cp1251 koi8-u",
        "Перевірка відбудеться у понеділок о дев'ятій годині. Ключ від майстерні лежить у сторожа, "
        "який приходить щодня о сьомій. Про великі прилади просимо повідомляти заздалегідь. "
        "Торік продали триста машин, з них їм дісталося дванадцять.",
    ),
    "bg": (
        "cp1251",
        "Изпитът ще се проведе в понеделник в девет часа. Ключът от работилницата е при пазача, "
        "който идва всеки ден в седем. За по-големите уреди моля съобщете предварително. Миналата "
        "година продадохме триста машини.",
    ),
    "el": (
        "cp1253 iso8859-7",
        "Η εξέταση θα γίνει τη Δευτέρα στις εννέα. Το κλειδί του εργαστηρίου είναι στον φύλακα, "
        "που έρχεται κάθε μέρα στις επτά. Για μεγαλύτερες συσκευές παρακαλούμε ειδοποιήστε. Πέρυσι "
        "πουλήσαμε τριακόσιες μηχανές.",
    ),
    "he": (
        "cp1255",
        "הבחינה תתקיים ביום שני בשעה תשע. המפתח של בית המלאכה נמצא אצל השומר, שמגיע בכל יום בשבע. "
        "על מכשירים גדולים יש להודיע מראש. בשנה שעברה נמכרו שלוש מאות מכונות.",
    ),
    "ar": (
        "cp1256",
        "يجري الاختبار يوم الاثنين في الساعة التاسعة. مفتاح الورشة عند الحارس الذي يأتي كل يوم في "
        "السابعة. يرجى الإبلاغ مسبقا عن الأجهزة الكبيرة. في العام الماضي بيعت ثلاثمائة آلة.",
    ),
    "th": (
        "cp874",
        "การสอบจะจัดขึ้นในวันจันทร์ เวลาเก้าโมง กุญแจห้องทำงานอยู่ที่ยาม ซึ่งมาทุกวันตอนเจ็ดโมง "
        "โปรดแจ้งล่วงหน้าสำหรับเครื่องขนาดใหญ่ ปีที่แล้วขายเครื่องได้สามร้อยเครื่อง",
    ),
    "ja": (
        "cp932 euc_jp iso2022_jp",
        "試験は月曜日の九時に事務所で行います。 作業場の鍵は毎日七時に来る守衛が持っています。 "
        "大きな機械は前もって知らせてください。 去年は三百台の機械を売りました。",
    ),
    "zh": (
        "gb18030 big5",
        "考試星期一九點在辦公室舉行。 工作間的鑰匙在門房那裡，他每天七點來。 大的機器請提前通知。 "
        "去年賣了三百台機器，其中十二台賣到外國。",
    ),
    "zh-cn": (
        "gb18030",
        "考试星期一九点在办公室举行。 工作间的钥匙在门房那里，他每天七点来。 大的机器请提前通知。 "
        "去年卖了三百台机器，其中十二台卖到外国。",
    ),
    "ko": (
        "cp949",
        "시험은 월요일 아홉 시에 사무실에서 있습니다. 작업장 열쇠는 매일 일곱 시에 오는 경비원에게 "
        "있습니다. 큰 기계는 미리 알려 주십시오. 작년에는 기계 삼백 대를 팔았습니다.",
    ),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A text of a known encoding; ``length`` is a key of ``LENGTHS``."""

    language: str
    charset: str
    length: str
    text: str

    @property
    def data(self) -> bytes:
        return self.text.encode(self.charset)


def cases() -> Iterator[Case]:
    """Every stretch of every text, from the beginning and of each sentence, as its bytes tell."""
    for language, (charsets, whole) in _TEXTS.items():
        words = whole.split(" ")
        for charset in charsets.split():
            for length, count in LENGTHS.items():
                seen = set()
                for start in range(0, len(words), min(count, len(words))):
                    text = " ".join(words[start : start + count])
                    if charset == "cp850":
                        text = text.replace("’", "'")
                    if not text.isascii() and text not in seen:
                        seen.add(text)
                        yield Case(language, charset, length, text)


def shares() -> dict[str, dict[str, float]]:
    """The share of texts that are decoded rightly, by encoding and by length."""
    right: Counter[tuple[str, str]] = Counter()
    tried: Counter[tuple[str, str]] = Counter()
    for case in cases():
        tried[case.charset, case.length] += 1
        right[case.charset, case.length] += decode(case.data, "") == case.text
    charsets = dict.fromkeys(charset for charset, _ in tried)
    return {c: {n: right[c, n] / tried[c, n] for n in LENGTHS} for c in charsets}


WIDE = ("utf-16", "utf-16-le", "utf-16-be")
DAMAGES = ("a bad byte", "a byte too few", "cut by a byte")
_BESIDE = 4  # letters that may be lost with the damaged one


def damaged(data: bytes) -> Iterator[tuple[str, bytes]]:
    """``data`` with each kind of damage, in three places; a bad byte is one that few texts have."""
    for at in (len(data) * part // 4 for part in (1, 2, 3)):
        yield DAMAGES[0], data[:at] + b"\xff" + data[at + 1 :]
        yield DAMAGES[1], data[:at] + data[at + 1 :]
    yield DAMAGES[2], data[:-1]


def differing(one: str, other: str) -> int:
    """How many letters lie between what is alike at the beginnings and at the ends of two texts."""
    least, most = sorted((len(one), len(other)))
    before = next((n for n in range(least) if one[n] != other[n]), least)
    left = least - before
    behind = next((n for n in range(left) if one[-1 - n] != other[-1 - n]), left)
    return most - before - behind


def damaged_shares() -> dict[str, dict[str, float]]:
    """The share of damaged texts in which all but some letters at the damage is read rightly, by
    encoding, then by kind of damage: of texts of two lines, then of paragraphs."""
    right: Counter[tuple[str, str]] = Counter()
    tried: Counter[tuple[str, str]] = Counter()
    for case in cases():
        for charset in (case.charset, *WIDE):
            data = case.text.encode(charset)
            if case.length not in ("two lines", "paragraph") or _decoded(data) != case.text:
                continue
            for kind, broken in damaged(data):
                key = (charset, f"{kind}, {case.length}")
                tried[key] += 1
                right[key] += differing(_decoded(broken), case.text) <= _BESIDE
    kinds = [f"{kind}, {length}" for length in ("two lines", "paragraph") for kind in DAMAGES]
    return {
        charset: {kind: right[charset, kind] / tried[charset, kind] for kind in kinds}
        for charset in dict.fromkeys(charset for charset, _ in tried)
    }


def _decoded(data: bytes) -> str:
    try:
        return decode(data, "")
    except UnreadableError:
        return ""


if __name__ == "__main__":
    for table in (shares(), damaged_shares()):
        print("| encoding |", *(f"{name} |" for name in next(iter(table.values()))))
        for charset, by_kind in table.items():
            print(f"| {charset} |", *(f"{share:.2f} |" for share in by_kind.values()))
