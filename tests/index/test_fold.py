"""Words are found however they are written; what is another word stays another."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.document_search import terms
from index.fold import expressions, phrases, searched
from index.index import Index
from index.language import detect
from index.words import words
from tests.doubles import HashingEmbedder

LANGUAGES = ("", "ar", "de", "el", "en", "es", "hi", "ja", "ro", "ru", "th", "tr", "vi", "zh")


def _found(question: str, text: str, language: str) -> bool:
    """Whether any word of the question is one of the text, as FTS5 compares them."""
    told = f" {' '.join(searched(text, language))} "
    asked = [each for word in question.split() for each in expressions(word, ("", language))]
    return any(
        f" {each.strip('()').strip(chr(34))} " in told for e in asked for each in e.split(" OR ")
    )


@pytest.mark.parametrize(
    ("language", "written", "asked"),
    [
        ("en", "The ﬁnest oﬃce", "finest"),
        ("en", "Ｆｕｌｌ ｗｉｄｔｈ １２３", "width"),
        ("en", "co\u00adop\u00aderation", "cooperation"),
        ("en", "zero\u200bwidth", "zerowidth"),
        ("en", "CO₂ emissions", "co2"),
        ("en", "a room of 25 m²", "m2"),
        ("en", "libraries", "library"),
        ("en", "Müller", "muller"),
        ("en", "cafe\u0301", "CAFÉ"),
        ("de", "die Häuser der Straße", "haus"),
        ("de", "die Häuser der Straße", "STRASSE"),
        ("es", "las canciones", "canción"),
        ("es", "la canción", "cancion"),
        ("ro", "şi bibliotecile", "BIBLIOTECA"),
        ("ru", "новые библиотеки", "библиотека"),
        ("ru", "ёлка", "елка"),
        ("el", "τα σχολεία", "ΣΧΟΛΕΊΟ"),
        ("el", "Αθήνα", "αθηνα"),
        ("tr", "IŞIKLAR ve İstanbul'da", "ışık"),
        ("tr", "IŞIKLAR ve İstanbul'da", "istanbul"),
        ("ar", "الْمَدِينَةُ الكبيرة", "المدينة"),
        ("ar", "إلى أحمد", "احمد"),
        ("ar", "عام ١٩٨٧", "1987"),
        ("hi", "किताबें", "किताब"),
        ("hi", "१९८७ में", "1987"),
        ("vi", "giải thưởng lớn", "giai"),
        ("vi", "giải thưởng lớn", "GIẢI"),
        ("zh", "停车场晚上十点关闭", "停车场几点关闭"),
        ("ja", "営業時間は九時からです", "営業時間"),
        ("ja", "ｶﾒﾗの値段", "カメラ"),
        ("ko", "도서관은 아홉 시에 연다", "도서관은"),
        ("th", "ห้องสมุดเปิดเก้าโมง", "ห้องสมุด"),
        ("ja", "The Giraffes は動物園にいます", "giraffe"),
    ],
)
def test_a_word_is_found_however_it_is_written(language: str, written: str, asked: str) -> None:
    assert _found(asked, written, language)


@pytest.mark.parametrize(
    ("language", "written", "asked"),
    [
        ("en", "10⁷ cycles", "107"),
        ("", "чай", "чаи"),
        ("ja", "かき", "がぎ"),
        ("hi", "कल", "काल"),
        ("zh", "停车", "午餐"),
    ],
)
def test_another_word_is_another(language: str, written: str, asked: str) -> None:
    assert not _found(asked, written, language)


def test_a_power_is_found_as_it_is_written() -> None:
    assert _found("10⁷", "It ran 10⁷ cycles.", "en")


@given(st.text(max_size=60), st.sampled_from(LANGUAGES))
def test_what_is_stored_holds_words_alone(text: str, language: str) -> None:
    for word in searched(text, language):
        assert word
        assert not any(each.isspace() or each in '"()*:^' for each in word)
    for phrase in phrases(text, (language,)):
        assert phrase.count('"') == 2


@given(st.text(max_size=60))
def test_no_question_makes_an_empty_expression(question: str) -> None:
    assert "" not in terms(question, ("", "de", "vi")).values()
    assert "" not in expressions(question, ("", "ar"))


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd", "Zs"]), max_size=60))
def test_composed_and_decomposed_letters_are_stored_alike(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert searched(composed, "de") == searched(decomposed, "de")


@given(st.text(max_size=60), st.sampled_from(LANGUAGES))
def test_a_text_is_found_by_its_own_words(text: str, language: str) -> None:
    told = searched(text, language)
    for phrase in phrases(text, (language,)):
        assert " ".join(told).startswith(phrase.strip('"'))


def test_scripts_without_blanks_are_cut_into_what_stands_for_words() -> None:
    assert words("停车场 A1 ก") == ["停车", "车场", "a1", "ก"]
    assert words("हिन्दी भाषा") == ["हिन्दी", "भाषा"]
    assert expressions("停车场", ("",)) == ['"停车"', '"车场"']


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "The library is open every day from nine in the morning until six."),
        ("de", "Die Bibliothek ist jeden Tag von neun Uhr morgens bis sechs geöffnet."),
        ("es", "La biblioteca está abierta todos los días desde las nueve hasta las seis."),
        ("ro", "Biblioteca este deschisă în fiecare zi de la ora nouă până la șase."),
        ("tr", "Kütüphane her gün sabah dokuzdan akşam altıya kadar açıktır."),
        ("vi", "Thư viện mở cửa hàng ngày từ chín giờ sáng đến sáu giờ chiều."),
        ("ru", "Библиотека открыта каждый день с девяти утра до шести вечера."),
        ("uk", "Бібліотека відкрита щодня з дев'ятої ранку до шостої вечора."),
        ("el", "Η βιβλιοθήκη είναι ανοιχτή κάθε μέρα."),
        ("ar", "المكتبة مفتوحة كل يوم من الساعة التاسعة صباحا حتى السادسة مساء."),
        ("hi", "पुस्तकालय हर दिन सुबह नौ बजे से शाम छह बजे तक खुला रहता है।"),
        ("th", "ห้องสมุดเปิดทุกวัน"),
        ("zh", "图书馆每天早上九点开门。"),
        ("ja", "図書館は毎日九時に開きます。"),
        ("ko", "도서관은 매일 아홉 시에 연다."),
        ("", "A-17 / 2031 / 44.5"),
        ("", ""),
    ],
)
def test_the_language_of_a_text(code: str, text: str) -> None:
    assert detect(text) == code


def test_questions_find_documents_of_every_language_in_one_collection(tmp_path: Path) -> None:
    told = {
        "de": "Die Bibliotheken der Stadt öffnen am Montag um neun Uhr morgens.",
        "ru": "Городские библиотеки открываются в понедельник в девять утра.",
        "zh": "停车场晚上十点关闭，周末开放到半夜。",
        "zh-lunch": "午餐十八元，晚餐三十元，茶水免费。",
        "th": "ห้องสมุดเปิดเวลาเก้าโมงเช้าทุกวันจันทร์ถึงวันศุกร์",
        "en": "The libraries of the city open at nine on Mondays.",
    }
    questions = (
        ("de", "Wann öffnet die Bibliothek?"),
        ("ru", "Когда открывается библиотека?"),
        ("zh", "停车场几点关闭"),
        ("zh-lunch", "午餐多少钱"),
        ("th", "ห้องสมุดเปิดกี่โมง"),
        ("en", "When does the library open?"),
    )
    with Index.open(tmp_path, HashingEmbedder(), create=True) as index:
        for key, text in told.items():
            index.add_text(key, "", text)
        for key, question in questions:
            best = index.rankings(question, 9)["words"][0][0]
            document = index.chunks([best])[best].document_id
            assert index.document(document).key == key
