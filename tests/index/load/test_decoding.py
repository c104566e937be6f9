"""From bytes to characters: what is declared, guessed, damaged, and what shows nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UnreadableError
from index.load.base import decode, normalise
from index.load.charset import codec_of
from index.load.loading import load_bytes
from index.load.realign import in_step
from tests.index.load.legacy_texts import damaged_shares, differing, shares

_GERMAN = "Der Schlüssel für die Werkstätte liegt beim Pförtner in Köln. "


def test_european_text_of_every_length_is_read_in_its_own_encoding() -> None:
    by_charset = shares()
    assert min(by_charset["cp1252"].values()) == 1
    for charset, by_length in by_charset.items():
        assert by_length["phrase"] >= 0.4, charset
        assert by_length["sentence"] >= 0.75, charset
        assert by_length["two lines"] == by_length["paragraph"] == 1, charset


@pytest.mark.parametrize("word", ["café", "Düsseldorf", "mañana", "Göteborg", "smørrebrød", "£5"])
def test_one_word_in_an_old_encoding_is_windows_1252(word: str) -> None:
    assert load_bytes(f"It says {word} here.".encode("cp1252"), "a.txt").text == (
        f"It says {word} here."
    )


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("ISO-8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("iso-8859-9", "cp1254"),
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("shift_jis", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        (" utf8 ", "utf-8"),
        ("cp850", "cp850"),  # not of the standard, but Python knows it
        ("no-such-charset", None),
        ("", None),
    ],
)
def test_labels_mean_what_they_mean_on_the_web(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


@pytest.mark.parametrize("label", ["iso-8859-1", "ascii", "utf-8", "x-unknown", None])
def test_typographic_signs_survive_a_wrong_declaration(label: str | None) -> None:
    text = "“Quoted” – 5 € for the café’s tea…"
    assert decode(text.encode("cp1252"), "a", label) == text


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1250", "ascii", "utf-16"])
def test_utf8_is_read_as_such_though_another_encoding_is_declared(label: str) -> None:
    assert decode(_GERMAN.encode(), "a", label) == _GERMAN


def test_a_declared_encoding_of_several_bytes_is_believed() -> None:
    text = "联通"  # whose two bytes each look like UTF-8
    assert decode(text.encode("gb18030"), "a", "gb2312") == text


def test_one_bad_byte_is_one_sign_and_is_told() -> None:
    data = (_GERMAN * 3).encode().replace(b"Pf\xc3\xb6rtner", b"Pf\xffrtner", 1)
    loaded = load_bytes(data, "a.txt")
    assert loaded.text == (_GERMAN * 3).replace("Pförtner", "Pf\ufffdrtner", 1)
    assert loaded.left_out == ("1 damaged byte",)


@given(st.text(alphabet="aäöéß żч字🙂\n", min_size=20), st.integers(1, 6))
def test_a_cut_text_loses_only_its_last_letter(text: str, cut: int) -> None:
    text = _GERMAN + text + "é" * 4
    read = decode(text.encode()[:-cut], "a")
    whole = len("é".encode()) * 4 - cut
    assert read.startswith(_GERMAN + read[len(_GERMAN) : -1])
    assert read.rstrip("\ufffd") == text[: len(text) - 4 + whole // 2]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_utf8_is_never_taken_for_anything_else(text: str) -> None:
    data = text.encode()
    if not data.isascii() and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        assert data.decode() == text
        try:
            assert decode(data, "a") == text
        except UnreadableError:
            assert sum(normalise(each) == "" for each in text) > 0.01 * len(text)


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_marked_and_wide_text_is_read(charset: str) -> None:
    assert decode(_GERMAN.encode(charset), "a") == _GERMAN


def test_a_damaged_page_and_mail_say_so() -> None:
    page = ("<p>" + _GERMAN * 9 + "</p>").encode().replace("ü".encode(), b"\xfe", 1)
    assert load_bytes(page, "a.html").left_out == ("1 damaged byte",)
    rows = ("Name;Ort\n" + "Müller;Köln\n" * 5).encode().replace("ö".encode(), b"\xc3", 2)
    assert load_bytes(rows, "a.csv").left_out == ("2 damaged bytes",)


def test_one_damaged_byte_makes_no_old_text_into_noise() -> None:
    by_charset = damaged_shares()
    for charset in ("cp1252", "cp1251", "cp932", "big5"):
        assert min(by_charset[charset].values()) >= 0.9, charset
    for charset, by_kind in by_charset.items():
        if charset == "iso2022_jp":  # whose bytes are letters of ASCII as well
            continue
        for kind, share in by_kind.items():
            long = kind.endswith("paragraph")
            assert share >= (0.65 if long else 0.5), (charset, kind)


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1251", "Проверка состоится в понедельник. Ключ от мастерской лежит у сторожа."),
        ("cp932", "試験は月曜日の九時に事務所で行います。作業場の鍵は守衛が持っています。"),
        ("gb18030", "考试星期一九点在办公室举行。工作间的钥匙在门房那里，他每天七点来。"),
        (
            "cp949",
            "시험은 월요일 아홉 시에 사무실에서 있습니다. 작업장 열쇠는 여기에 있다.",
        ),
        ("big5", "考試星期一九點在辦公室舉行。工作間的鑰匙在門房那裡，他每天七點來。"),
    ],
)
def test_a_cut_text_of_an_old_encoding_loses_its_last_letter(codec: str, text: str) -> None:
    assert decode((text + "\n" + text).encode(codec)[:-1], "a").startswith(text + "\n" + text[:-1])


@pytest.mark.parametrize("at", [0, 7, 20])
def test_a_byte_that_is_missing_between_letters_of_two_costs_few_letters(at: int) -> None:
    text = "考试星期一九点在办公室举行工作间的钥匙在门房那里"
    data = text.encode("gb2312")
    broken = in_step(data[: 2 * at] + data[2 * at + 1 :], "gb18030")
    read = broken.decode("gb18030", "each-bad-byte")
    assert len(read) == len(text)
    assert differing(read, text) <= 4
    assert in_step(data, "gb18030") == data


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16"])
@pytest.mark.parametrize("text", [_GERMAN, "Проверка состоится в понедельник в девять часов. "])
@pytest.mark.parametrize("at", [31, 48])
def test_a_byte_too_few_or_too_many_in_utf16_costs_some_letters(
    codec: str, text: str, at: int
) -> None:
    data = (text * 2).encode(codec)
    for broken in (data[:at] + data[at + 1 :], data[:at] + b"\x80" + data[at:]):
        assert differing(decode(broken, "a"), text * 2) <= 4
    assert decode(data[:-1], "a").removesuffix("\ufffd") == (text * 2)[:-1]


def test_undamaged_text_leaves_nothing_out() -> None:
    assert load_bytes(_GERMAN.encode(), "a.txt").left_out == ()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("in\ufeffside", "inside"),
        ("zero\u200bwidth", "zerowidth"),
        ("word\u2060joiner", "wordjoiner"),
        ("pay \u202e001\u202c euros", "pay 001 euros"),
        ("a\u200e\u200f\u2066b\u2069", "ab"),
        ("hi\U000e0041\U000e0042 there", "hi there"),
        ("soft\u00adhyphen", "soft\u00adhyphen"),
        ("ﬁve ｆｕｌｌ Ⅳ", "ﬁve ｆｕｌｌ Ⅳ"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🔧", "👩\u200d🔧"),
        ("ภาษา\u200bไทย", "ภาษา\u200bไทย"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_marks_that_show_nothing_are_dropped_and_letters_kept(raw: str, shown: str) -> None:
    assert load_bytes(raw.encode(), "a.txt").text == shown


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_a_short_first_line_is_the_title() -> None:
    loaded = load_bytes(b"\n  Rota\n \t\n\nAda works on Monday.\n", "a.txt")
    assert loaded.title == "Rota"
    assert [heading.span.of(loaded.text) for heading in loaded.headings] == ["Rota"]
    for data in (b"One line", b"One\n\n", b"One\ntwo\n\nthree", b"x" * 201 + b"\n\nmore"):
        assert load_bytes(data, "a.txt").headings == ()


@pytest.mark.parametrize("data", [b" \n" * 100_000 + b"x", b"x" + b" " * 300_000 + b"\n\ny"])
def test_blanks_cost_no_more_than_they_are_long(data: bytes) -> None:
    started = time.perf_counter()
    load_bytes(data, "a.txt")
    assert time.perf_counter() - started < 20
