"""Tables as offices export them: encodings, delimiters, workbooks, and rows that are broken."""

import datetime as dt
import gzip
import zipfile

import openpyxl
import pytest

from geo.errors import InvalidInput
from geo.files.table import opened_table

HEADER = "编号,地址,内容"


def read(path, **options):
    with opened_table(path, **options) as table:
        return table, list(table.rows())


def written(path, text, encoding="utf-8"):
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_texts_that_say_what_they_are(tmp_path, encoding):
    table, rows = read(written(tmp_path / "a.csv", f"{HEADER}\n1,翡翠路,路灯\n", encoding))
    assert table.columns == ("编号", "地址", "内容")
    assert [(row.number, row.values, row.problem) for row in rows] == [(1, ["1", "翡翠路", "路灯"], "")]


def test_gb18030_is_asked_for_with_a_preview(tmp_path):
    file = written(tmp_path / "a.csv", f"{HEADER}\n1,翡翠路,路灯\n", "gb18030")
    with pytest.raises(InvalidInput, match=r"--encoding GB18030 reads “.*翡翠路"):
        read(file)
    _table, rows = read(file, encoding="GBK")
    assert rows[0].values == ["1", "翡翠路", "路灯"]


def test_a_row_of_another_encoding_is_one_row(tmp_path):
    lines = [f"{n},翡翠路{n}号,路灯不亮".encode() for n in range(1, 6)]
    lines[2] = "3,翡翠路3号,路灯".encode("gb18030")
    table, rows = read(written(tmp_path / "a.csv", HEADER.encode() + b"\n" + b"\n".join(lines)))
    assert table.encoding == "utf-8"
    assert [row.number for row in rows if row.problem] == [3]
    assert "column '地址' is not UTF-8; as GB18030 it reads “翡翠路3号”" in rows[2].problem
    assert rows[2].values == ["3", "翡翠路3号", "路灯"]


def test_a_told_encoding_that_is_wrong(tmp_path):
    file = written(tmp_path / "a.csv", f"{HEADER}\n1,翡翠路,路灯坏\n")
    with pytest.raises(InvalidInput, match="--encoding UTF-8 reads"):
        read(file, encoding="EUC-KR")


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiters_quotes_and_line_breaks(tmp_path, sign):
    text = (
        sign.join(("id", "text")) + "\r\n" + sign.join(("1", f'"a{sign}b\nc"')) + "\r\n\r\n" + sign.join("2x")
    )
    _table, rows = read(written(tmp_path / "a.csv", text))
    assert [(row.number, row.values) for row in rows] == [(1, ["1", f"a{sign}b\nc"]), (2, ["2", "x"])]


def test_rows_with_too_few_or_too_many_values_say_so(tmp_path):
    _table, rows = read(written(tmp_path / "a.csv", "a,b\n1\n1,2,3\n1,2\n"))
    assert [row.problem for row in rows] == ["1 values for 2 columns", "3 values for 2 columns", ""]
    assert rows[1].values == ["1", "2", "3"]


def test_headers_are_each_there_once(tmp_path):
    table, _rows = read(written(tmp_path / "a.csv", "a,a,,b \n1,2,3,4\n"))
    assert table.columns == ("a", "a (2)", "column 3", "b")
    assert table.position("b", "--text") == 3
    with pytest.raises(
        InvalidInput, match=r"--text: a.csv has no column 'c'; it has a, a \(2\), column 3, b"
    ):
        table.position("c", "--text")


def test_gz_whole_and_cut_off(tmp_path):
    packed = gzip.compress(b"a,b\n1,2\n" * 500)
    _table, rows = read(written(tmp_path / "a.csv.gz", packed))
    assert len(rows) == 999
    with pytest.raises(InvalidInput, match="damaged or cut off"):
        read(written(tmp_path / "b.csv.gz", packed[:-12]))


def test_a_bomb_is_not_unpacked(tmp_path):
    with pytest.raises(InvalidInput, match="unpacks to more than"):
        read(written(tmp_path / "a.csv.gz", gzip.compress(b"a,b\n" * (8 << 20))))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"\n1,2\n", "the first line must name the columns"),
        ("a.pdf", b"%PDF", "not known by its ending"),
        ("a.xlsx", b"PK no zip", "the workbook is damaged, or none"),
        ("a.csv", b'a,b\n1,"' + b"x" * 200_000, "is a quote opened there and never closed"),
    ],
)
def test_files_that_are_none(tmp_path, name, content, said):
    with pytest.raises(InvalidInput, match=said):
        read(written(tmp_path / name, content))
    with pytest.raises(InvalidInput, match="there is no such file"):
        read(tmp_path / "none.csv")


def test_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "工单"
    sheet.append(["编号", "时间", "经度", None])
    sheet.append([7, dt.datetime(2026, 1, 2, 3, 4), 116.97, None])
    sheet.append([None, None, None, None])
    sheet.append([8.0, None, "x", None])
    book.create_sheet("other").append(["a"])
    book.save(tmp_path / "a.xlsx")
    table, rows = read(tmp_path / "a.xlsx")
    assert (table.kind, table.columns) == ("excel", ("编号", "时间", "经度"))
    assert table.notes == ("read from the sheet '工单' of 2",)
    assert [(row.number, row.values) for row in rows] == [
        (1, ["7", "2026-01-02T03:04:00", "116.97"]),
        (2, ["8", "", "x"]),
    ]
    with pytest.raises(InvalidInput, match="no sheet 'x'; it has 工单, other"):
        read(tmp_path / "a.xlsx", sheet="x")


def test_a_workbook_that_unpacks_to_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr("geo.files.table.MAX_UNPACKED_BYTES", 100)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 1000)
    with pytest.raises(InvalidInput, match="at most 100 are taken"):
        read(tmp_path / "a.xlsx")
