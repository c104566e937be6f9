"""Texts in many languages whose sentences are known: each list is one text, cut as it should."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import sentence_spans

_TEXTS: Sequence[tuple[str, list[str]]] = [
    ("de", ["Am 14. Juni 1840 wurde er geboren.", "Er starb 1902."]),
    ("de", ["Das Treffen ist am 3. Oktober.", "Danach fahren wir heim."]),
    ("de", ["Die Firma Müller & Co. KG sitzt in Köln.", "Sie wuchs schnell."]),
    ("de", ["Im 19. Jahrhundert, z. B. um 1850, war das anders.", "Später nicht."]),
    ("de", ["Es kostet ca. 5 Mio. Euro.", "Das ist viel."]),
    ("de", ["Siehe § 5 Abs. 2 Nr. 3 BGB.", "Dort steht es."]),
    ("de", ["Karl V. regierte bis 1556.", "Philipp II. folgte ihm."]),
    ("de", ["Er wohnt in der Berliner Str. 12 in Bonn.", "Sie wohnt daneben."]),
    ("de", ["Das Werk entstand im Jahr 1984.", "Orwell schrieb es."]),
    ("de", ["„Komm!“, rief er.", "Sie kam."]),
    ("de", ["Er fragte: „Wann kommst du?“", "Sie schwieg."]),
    ("de", ["Um 15.30 Uhr geht es los.", "Bitte kommen Sie pünktlich."]),
    ("es", ["El Sr. García llegó a las 9 a. m. y habló.", "Luego se fue."]),
    ("es", ["¿Cuándo llega?", "¡Mañana!"]),
    ("es", ["Nació en EE. UU. en 1950.", "Murió en 2001."]),
    ("es", ["Véase la pág. 14 del libro.", "Es breve."]),
    ("fr", ["M. Dupont arrive à 9 h.", "Il repart à 10 h."]),
    ("fr", ["« Venez ! » dit-il.", "Elle vint."]),
    ("ro", ["Dl. Popescu s-a născut la 5 mai 1950.", "A murit în 2001."]),
    ("ro", ["Vezi art. 5 alin. (2) din lege.", "Acolo scrie."]),
    ("tr", ["II. Mehmed 1453'te İstanbul'u fethetti.", "Sonra başkent oldu."]),
    ("tr", ["Toplantı 3. katta yapılacak.", "Herkes davetlidir."]),
    ("tr", ["Prof. Dr. Ayşe Yılmaz konuştu.", "Dinleyiciler alkışladı."]),
    ("vi", ["TP. Hồ Chí Minh có 9 triệu dân.", "Hà Nội ít hơn."]),
    ("ru", ["Он родился в 1840 г. в Москве.", "Умер в 1902 г."]),
    ("ru", ["В XIX в. жил А. С. Пушкин.", "Он писал стихи."]),
    ("ru", ["Это стоит 5 млн. руб. в год.", "Это много."]),
    ("ru", ["Население, т. е. жители, росло.", "Потом упало."]),
    ("el", ["Ο κ. Παπαδόπουλος ήρθε.", "Πότε έφυγε;", "Χθες."]),
    ("el", ["Γεννήθηκε το 384 π.Χ. στα Στάγειρα.", "Πέθανε το 322 π.Χ."]),
    ("ar", ["ولد د. أحمد في عام 1950.", "متى توفي؟", "توفي عام 2001!"]),
    ("ar", ["ذهب الولد إلى المدرسة.", "ثم عاد؛ وكان متعبا."]),
    ("hi", ["डॉ. शर्मा 1950 में पैदा हुए।", "वे कब मरे?", "पता नहीं।"]),
    ("hi", ["यह रु. 500 का है।", "सस्ता है।"]),
    ("zh", ["他说：“你好！”", "然后走了。", "真的吗？", "是的……"]),
    ("zh", ["价格是3.5元。", "很便宜！"]),
    ("zh", ["（这是第一句。）", "这是第二句。"]),
    ("ja", ["彼は「行こう。」と言った。", "そして出た。"]),
    ("ja", ["価格は3.5円です。", "安い！", "本当？"]),
    ("ko", ["그는 1950년에 태어났다.", "언제 죽었나?", "모른다."]),
    ("cs", ["Dne 5. května 1945 začalo povstání.", "Trvalo čtyři dny."]),
    ("pl", ["Urodził się 3 maja 1791 r. w Warszawie.", "Zmarł w 1850 r."]),
    ("nl", ["Dhr. De Vries woont op nr. 5 in Den Haag.", "Hij is oud."]),
    ("it", ["Il sig. Rossi abita al n. 5.", "È anziano."]),
    ("pt", ["O Sr. Silva chegou às 9h.", "Depois saiu."]),
    ("sv", ["Mötet är den 3. maj kl. 15.", "Kom gärna."]),
    (
        "th",
        [
            "กรุงเทพมหานครเป็นเมืองหลวงและนครที่มีประชากรมากที่สุดของประเทศไทย",
            "เป็นศูนย์กลางการปกครอง การศึกษา การคมนาคมขนส่ง การเงินการธนาคาร",
        ],
    ),
    ("de", ["Die Sitzung vom 12.03.2024 war kurz.", "Am 13.03. folgte die nächste."]),
    ("de", ["Der 1. FC Köln gewann 2:1.", "Der Gegner verlor."]),
    ("de", ["Er kam im 2. Weltkrieg um.", "Sie überlebte."]),
    ("de", ["Das sind ca. 3.500 m².", "Mehr nicht."]),
    ("de", ["Sie sagte: »Ich komme nicht!«", "Dann ging sie."]),
    ("de", ["Kurfürst Friedrich III. wurde 1701 König.", "Er regierte bis 1713."]),
    ("de", ["Das geschah u. a. in Wien.", "Auch in Graz."]),
    ("de", ["Es waren nur 5.", "Die anderen fehlten."]),
    ("de", ["Sie hat ein Dipl.-Ing. Müller gebaut.", "Er war stolz."]),
    ("de", ["Er ist Prof. Dr. h. c. mult. und lehrt in Bonn.", "Sie auch."]),
    ("de", ["Die Anlage (s. Abb. 3) ist neu.", "Sie läuft."]),
    ("es", ["La Sra. Dña. Ana vive en la C/ Mayor, núm. 5.", "Es médica."]),
    ("es", ["Costó 3.500 €. en total.", "Caro."]),
    ("es", ["Dijo: «Ven.»", "Ella vino."]),
    ("es", ["En el s. XIX vivió aquí.", "Luego se marchó."]),
    ("ro", ["S-a născut pe 14 iunie 1840 d.Hr. la Iași.", "A murit acolo."]),
    ("ro", ["Firma S.C. Alfa S.R.L. are sediul aici.", "Este mică."]),
    ("tr", ["19. yüzyılda, vb. nedenlerle, göç arttı.", "Nüfus azaldı."]),
    ("tr", ["Atatürk Cad. No. 5'te oturuyor.", "Evi büyük."]),
    ("vi", ["Ông sinh năm 1890 tại TP. Vinh.", "Bà ở Huế."]),
    ("ru", ["См. рис. 3 и табл. 5 на с. 10.", "Там всё есть."]),
    ("ru", ["Это произошло в 1941–1945 гг. в Ленинграде.", "Город выстоял."]),
    ("ru", ["«Иди!» — сказал он.", "Она пошла."]),
    ("ru", ["Иван IV. правил долго.", "Потом умер."]),
    ("el", ["Βλ. σελ. 14 και κεφ. 3.", "Εκεί είναι."]),
    ("el", ["«Έλα!» είπε.", "Ήρθε."]),
    ("ar", ["قال: «تعال.»", "ثم ذهب."]),
    ("ar", ["بلغ العدد ٣.٥ مليون.", "هذا كثير."]),
    ("ar", ["يقع على بعد ١٠ كم. من المدينة القديمة.", "وهو جميل."]),
    ("hi", ["उसने कहा, “आओ।”", "वह आई।"]),
    ("hi", ["इसकी लंबाई 3.5 कि.मी. है।", "यह लंबा है।"]),
    ("zh", ["《红楼梦》写于18世纪。", "作者是曹雪芹！", "是吗？！"]),
    ("zh", ["人口为1.3亿，面积9.6万km²。", "很大。"]),
    ("zh", ["例如A.B.公司。", "还有C公司。"]),
    ("ja", ["「はい。」", "彼は答えた。"]),
    ("ja", ["（注：省略。）", "次に進む。"]),
    ("ja", ["U.S.A.は大きい。", "日本は小さい。"]),
    ("ko", ["A사는 Inc. 형태이다.", "B사는 아니다."]),
    ("th", ["ราคา 3.50 บาท"]),
]
_UNSPACED = ("zh", "ja")


def _joined(language: str, sentences: Sequence[str]) -> str:
    return ("" if language in _UNSPACED else " ").join(sentences)


def _cut(text: str, language: str) -> list[str]:
    return [span.of(text) for span in sentence_spans(text, None, language)]


@pytest.mark.parametrize(("language", "sentences"), _TEXTS)
def test_a_text_is_cut_at_the_ends_of_its_sentences(language: str, sentences: list[str]) -> None:
    assert _cut(_joined(language, sentences), language) == sentences


@given(st.lists(st.sampled_from(_TEXTS), min_size=1, max_size=3), st.integers(0, 2))
def test_paragraphs_are_cut_alike_whatever_stands_around_them(
    texts: list[tuple[str, list[str]]], number: int
) -> None:
    language = texts[number % len(texts)][0]
    of_language = [sentences for each, sentences in texts if each == language]
    text = "\n\n".join(_joined(language, each) for each in of_language)
    assert _cut(text, language) == [each for sentences in of_language for each in sentences]
