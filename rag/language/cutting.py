"""Where sentences end in languages that are cut and searched, but not read: as data.

Abbreviations that are also whole words of their language are left out: cut once too often, a
sentence is short; cut once too seldom, it is two.
"""

from __future__ import annotations

from collections.abc import Mapping

from rag.language.types import Abbreviations, Cutting


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


# A number with a full stop is an ordinal in these: *am 14. Juni*.
_WITH_ORDINALS = (
    "bs cs da de et eu fi fo hr hu is lb lt lv mk nb nds nl nn no pl sk sl sr sv tr".split()
)

_ABBREVIATIONS: Mapping[str, Abbreviations] = {
    "de": Abbreviations(
        never=_words(
            """dr prof fa hr hrn fr dipl ing med jur phil st frl geb gest bzw bspw ca evtl ggf inkl
            exkl sog vgl insb insbes zzgl abzgl z.b d.h u.a i.d.r u.u o.ä s.o s.u v.a v.chr n.chr
            i.a i.e z.t z.zt a.d a.m b.sc m.sc gegr verh wg sen jun str mio mrd"""
        ),
        before_number=_words("nr nrn abs art bd bde kap s seite ziff abb tab tel anm lfd vol"),
        sometimes=_words(
            "usw etc co ag gmbh std min sek jh jhd jan feb mär apr jun jul aug sep okt"
        ),
        starters=_words(
            """der die das den dem des ein eine einen einem einer er sie es wir ihr ich man wer was
            wo wann wie warum in im an am auf aus bei beim bis durch für gegen mit nach seit um
            unter von vom vor zu zum zur über ab als da dann danach damit daher deshalb dies diese
            dieser dieses dabei dazu doch aber und oder auch nur noch nicht kein keine so sein seine
            ihre wenn weil während zwischen insgesamt heute später zunächst jedoch außerdem"""
        ),
    ),
    "es": Abbreviations(
        never=_words(
            "sr sra srta srs sres dr dra dña ee prof lic ing gral cap sto sta ud uds vd vds pdte"
        ),
        before_number=_words("núm núms nº n.º pág págs p pp art arts cap vol fig tel aprox ap"),
        sometimes=_words("etc cía uu ee.uu s.a s.l a.c d.c p.ej"),
        starters=_words(
            """el la los las un una unos unas lo en de del al a con por para sin sobre entre desde
            hasta se su sus este esta estos estas ese esa aquel y o pero como cuando donde que
            quien si no también además según tras durante él ella ellos"""
        ),
    ),
    "ro": Abbreviations(
        never=_words("dl dna dra dr prof ing sf î.hr d.hr î.e.n e.n acad gen str bd mun jud"),
        before_number=_words("nr art alin lit pag p pp vol cap fig tel cca"),
        sometimes=_words("etc ș.a.m.d ş.a.m.d"),
        starters=_words(
            """un o în la de din cu pe pentru prin despre după până sub el ea ei ele acest această
            acești aceste cel cea cei cele și sau dar că când cum unde care ce nu se este sunt era
            a au mai de asemenea astfel"""
        ),
    ),
    "tr": Abbreviations(
        never=_words("dr prof doç av yrd öğr gör sn bkz örn alb gen yzb cad sok mah apt m.ö m.s"),
        before_number=_words("no s sf sayfa cilt c madde md tel fax"),
        sometimes=_words("a.ş ltd şti vs vb vd"),
        starters=_words(
            """bu şu o bir biz siz onlar ben sen ve veya ama ancak fakat ise de da ile için gibi
            kadar sonra önce daha en çok her hiç bazı ayrıca böylece bunun buna bunlar onun ne nasıl
            neden nerede kim hangi"""
        ),
    ),
    "vi": Abbreviations(
        never=_words("tp ts ths gs pgs tx bs kts"),
        before_number=_words("tr"),
        sometimes=_words("v.v"),
        starters=_words(
            "các những một là và của trong khi với cho từ theo tại ở đây đó này ông bà họ năm"
        ),
    ),
    "ru": Abbreviations(
        never=_words(
            """т.е т.к т.н и.о проф акад доц им ул пл просп бул обл ред изд рис табл см ср напр св
            прим ок тыс млн млрд руб коп чел н.э"""
        ),
        before_number=_words("стр с т гл ст п пп кв д корп тел № разд ч"),
        sometimes=_words("г гг в вв т.д т.п др пр"),
        starters=_words(
            """в во на по с со к ко о об от до из за у и а но или что как это этот эта эти он она
            оно они мы вы я не при для после также кроме если когда где так его её их"""
        ),
    ),
    "el": Abbreviations(
        never=_words("κ κα κος δρ καθ π.χ δηλ βλ πρβλ μ.χ π.μ μ.μ στρ αγ"),
        before_number=_words("αρ αριθ σ σελ σσ τ τόμ κεφ άρθρ παρ τηλ"),
        sometimes=_words("κ.λπ κλπ κ.ά κ.α κ.λ.π α.ε"),
        starters=_words(
            """ο η το οι τα του της των τον την τους τις στο στη στην στον στα στους ένας μία μια
            ένα και ή αλλά για με από σε προς που πως όταν αν δεν θα να αυτό ως κατά μετά"""
        ),
    ),
    "ar": Abbreviations(never=_words("د أ م ص.ب أ.د كم سم مم كغ")),
    "hi": Abbreviations(
        never=_words("डॉ प्रो पं कु रु कि.मी से.मी मि.मी कि.ग्रा"),
        before_number=_words("क्र पृ नं सं"),
    ),
    "fr": Abbreviations(
        never=_words("mm mme mlle mgr dr pr me st ste av bd boul env p.ex c.-à-d"),
        before_number=_words("n no nos n° art p pp vol chap fig tél al"),
        sometimes=_words("etc cie s.a j.-c"),
        starters=_words(
            """le la les un une des du de en dans à au aux par pour sur avec sans sous il elle ils
            elles on nous vous je ce cet cette ces et ou mais que qui quand où si son sa ses leur
            après avant depuis selon ainsi"""
        ),
    ),
    "it": Abbreviations(
        never=_words(
            "sig sigg sig.ra dott dott.ssa prof ing avv arch geom rag on mons es ecc spett"
        ),
        before_number=_words("n nn nr art artt pag pagg p pp vol cap fig tel"),
        sometimes=_words("s.p.a s.r.l a.c d.c"),
        starters=_words(
            """il lo la i gli le un uno una di del della dei in nel nella a al alla da dal con per
            su tra fra è e o ma che chi come quando dove se non questo questa questi queste si"""
        ),
    ),
    "pt": Abbreviations(
        never=_words("sr sra srs dr dra prof profa eng av exmo exma d v.ex"),
        before_number=_words("n nº núm art arts pág págs p pp vol cap fig tel"),
        sometimes=_words("etc cia s.a a.c d.c"),
        starters=_words(
            """o a os as um uma uns umas de do da dos das em no na nos nas por para com sem sobre
            entre ele ela eles elas este esta esse essa e ou mas que quem como quando onde se não"""
        ),
    ),
    "nl": Abbreviations(
        never=_words(
            "dhr mevr mw dr prof ir ing mr drs bv bijv d.w.z o.a m.b.t t.a.v ca incl excl"
        ),
        before_number=_words("nr nrs art blz p pp tel fig"),
        sometimes=_words("enz etc b.v n.v"),
        starters=_words(
            """de het een in op aan bij met van voor naar om uit over onder tussen na tot door en of
            maar dat die dit deze hij zij ze wij we ik je u er als toen wanneer waar niet ook"""
        ),
    ),
    "pl": Abbreviations(
        never=_words("dr prof mgr inż hab św ks gen płk ul al pl os tzw tzn np m.in ok ur zm pt"),
        before_number=_words("nr str s t art ust pkt poz tel tab rys"),
        sometimes=_words("itd itp r w"),
        starters=_words(
            """w we na z ze do od po za przez przy o u i a ale lub oraz że to ten ta te on ona oni
            nie jest są był była jak gdy kiedy gdzie który która które jego jej ich"""
        ),
    ),
    "cs": Abbreviations(
        never=_words("dr prof ing mgr bc doc mudr judr phdr sv tzv tj např ul nám gen"),
        before_number=_words("č čís str s odst písm tel tab obr"),
        sometimes=_words("atd apod r st s.r.o a.s"),
        starters=_words(
            """v ve na z ze do od po za při o u i a ale nebo že to ten ta tato tento on ona oni není
            je jsou byl byla jak když kde který která které jeho její jejich"""
        ),
    ),
    "sv": Abbreviations(
        never=_words("dr prof t.ex bl.a d.v.s dvs m.m s.k ca inkl exkl jfr"),
        before_number=_words("nr s sid kap tel st kl"),
        sometimes=_words("osv etc"),
        starters=_words(
            """den det de en ett i på av till för med om från vid efter under och men eller att som
            han hon vi ni jag man är var när där hur inte detta denna dessa"""
        ),
    ),
}

CUTTING: Mapping[str, Cutting] = {
    code: Cutting(_ABBREVIATIONS.get(code, Abbreviations()), code in _WITH_ORDINALS)
    for code in {*_ABBREVIATIONS, *_WITH_ORDINALS}
}
