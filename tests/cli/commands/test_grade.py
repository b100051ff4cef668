from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def verdicts(out: str) -> list[str]:
    return [json.loads(line)["verdict"] for line in out.splitlines()]


def test_lines_are_joined_by_order(mathcli: Run, tmp_path: Path) -> None:
    answers, key = tmp_path / "answers.txt", tmp_path / "key.txt"
    answers.write_text("1/2\n3\n\n")
    key.write_text("0.5\n4\n5\n")
    done = mathcli("grade", str(answers), "--key", str(key))
    assert done.code == 0
    assert [line.split("\t")[0] for line in done.out.splitlines()] == [
        "correct",
        "incorrect",
        "incorrect",
    ]
    assert "no answer" in done.out.splitlines()[2]
    assert "1 correct · 2 incorrect · 0 undecided of 3" in done.err


def test_rows_are_joined_by_id_and_other_fields_are_kept(mathcli: Run, tmp_path: Path) -> None:
    answers = write(
        tmp_path / "a.jsonl",
        [{"id": 2, "pred": "x=3", "note": "late"}, {"id": 1, "pred": "7"}, {"id": 9, "pred": "1"}],
    )
    key = write(tmp_path / "k.jsonl", [{"id": "1", "answer": "8"}, {"id": "2", "answer": "3"}])
    done = mathcli("grade", answers, "--key", key)
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [row["verdict"] for row in rows] == ["correct", "incorrect", "undecided"]
    assert rows[0]["note"] == "late"
    assert rows[0]["expected"] == "3"
    assert "key has no answer" in rows[2]["reason"]


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        ("pred", "answer"),
        ("prediction", "expected_answer"),
        ("predicted_answer", "gt"),
        ("Prediction", "Target"),
    ],
)
def test_a_file_may_hold_both_under_any_common_name(
    mathcli: Run, tmp_path: Path, predicted: str, expected: str
) -> None:
    rows = [{predicted: "1/2", expected: "0.5"}, {predicted: "1", expected: "2"}]
    done = mathcli("grade", write(tmp_path / "a.jsonl", rows))
    assert verdicts(done.out) == ["correct", "incorrect"]


def test_published_shapes_are_read(mathcli: Run, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"idx": 1, "pred": ["18"], "gt": "18", "code": ["print(18)"]},
        {"idx": 2, "pred": [], "gt": "18"},
        {"idx": 3, "pred": ["2", "3", "3"], "gt": "3"},
        {"generation": r"so it is $\boxed{\frac{1}{2}}$.", "expected_answer": "0.5"},
        {"prediction": "72", "answer": "She sold 48 and 24.\n#### 72"},
        {"answer": {"text": "5", "latex": "5"}, "expected_answer": "5"},
        {"prediction": "7", "solution": r"We get $\boxed{7}$."},
        {"prediction": None, "answer": "1"},
        {"prediction": 0.5, "answer": "1/2"},
    ]
    done = mathcli("grade", write(tmp_path / "a.jsonl", rows))
    found = verdicts(done.out)
    assert found == ["correct", "incorrect", *["correct"] * 5, "incorrect", "correct"]
    assert json.loads(done.out.splitlines()[3])["extracted"] == r"\frac{1}{2}"


def test_tsv_is_read_and_written_with_tabs(mathcli: Run, tmp_path: Path) -> None:
    answers, key = tmp_path / "a.tsv", tmp_path / "key.csv"
    answers.write_text("id\tanswer\n1\t1, 2\n2\t5\n")
    key.write_text('id,answer\n1,"{2, 1}"\n2,6\n')
    done = mathcli("grade", str(answers), "--key", str(key))
    assert done.out.splitlines()[0] == "id\tanswer\texpected\tverdict\treason"
    rows = list(csv.DictReader(io.StringIO(done.out), delimiter="\t"))
    assert [(row["answer"], row["verdict"]) for row in rows] == [
        ("1, 2", "correct"),
        ("5", "incorrect"),
    ]
    out = tmp_path / "out.tsv"
    assert mathcli("grade", str(tmp_path / "key.csv"), "--key", str(key), "-o", str(out)).code == 0
    assert out.read_text().startswith("id\tanswer\texpected\tverdict\treason\n1\t{2, 1}\t")


def test_csv_keeps_its_columns_and_output_follows_the_suffix(mathcli: Run, tmp_path: Path) -> None:
    answers, out = tmp_path / "a.csv", tmp_path / "out.jsonl"
    answers.write_text('\ufeffname,prediction,gt\nAda,"1, 2","{2, 1}"\nBob,5,6\n', encoding="utf-8")
    done = mathcli("grade", str(answers))
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [(row["name"], row["verdict"]) for row in rows] == [
        ("Ada", "correct"),
        ("Bob", "incorrect"),
    ]
    done = mathcli("grade", str(answers), "-o", str(out))
    assert done.out == ""
    assert verdicts(out.read_text()) == ["correct", "incorrect"]


def test_decimal_commas_are_accepted_where_they_can_be_nothing_else(
    mathcli: Run, tmp_path: Path
) -> None:
    table = tmp_path / "class.tsv"
    rows = [("3,5", "3.5"), ("3,5 cm", "3.5 cm"), ("3,6", "3.5"), ("1,234", "1.234")]
    rows += [("3,5", "7/2"), ("3,5", "5, 3"), ("3.5", "3.5"), ("1,234", "1234")]
    lines = ["prediction\tgt", *(f"{given}\t{right}" for given, right in rows)]
    table.write_text("\n".join(lines) + "\n")
    done = mathcli("grade", str(table), "--json")
    found = [json.loads(line) for line in done.out.splitlines()]
    assert [row["verdict"] for row in found] == [
        *["correct"] * 2, *["incorrect"] * 3, *["correct"] * 3
    ]  # fmt: skip
    comma = ["with its comma read as a decimal point" in row["reason"] for row in found]
    assert comma == [True, True, *[False] * 6]


def test_json_is_written_whatever_was_read(mathcli: Run, tmp_path: Path) -> None:
    answers, key = tmp_path / "a.txt", tmp_path / "k.txt"
    answers.write_text("1\n")
    key.write_text("1\n")
    done = mathcli("grade", str(answers), "--key", str(key), "--json")
    row = json.loads(done.out)
    assert (row["answer"], row["expected"], row["verdict"]) == ("1", "1", "correct")


@pytest.mark.parametrize(
    ("predictions", "code"),
    [(["1", "2"], 0), (["1", "3"], 1), (["1", r"\foo{2}"], 3), (["0", r"\foo{2}"], 1)],
)
def test_require_all_decides_the_exit_code(
    mathcli: Run, tmp_path: Path, predictions: list[str], code: int
) -> None:
    rows = [{"pred": pred, "gt": gt} for pred, gt in zip(predictions, ("1", "2"), strict=True)]
    answers = write(tmp_path / "a.jsonl", rows)
    assert mathcli("grade", answers).code == 0
    assert mathcli("grade", answers, "--require-all").code == code


def test_standard_input_is_read(mathcli: Run) -> None:
    done = mathcli("grade", "-", stdin='{"pred": "1", "gt": "1"}\n')
    assert verdicts(done.out) == ["correct"]


def test_many_rows_use_several_workers_and_keep_their_order(mathcli: Run, tmp_path: Path) -> None:
    rows = [{"n": n, "pred": f"e^{{{n}}}", "gt": f"exp({n - n % 2})"} for n in range(200)]
    done = mathcli("grade", write(tmp_path / "a.jsonl", rows), "--workers", "2")
    found = [json.loads(line) for line in done.out.splitlines()]
    assert [row["n"] for row in found] == list(range(200))
    assert [row["verdict"] for row in found] == ["correct", "incorrect"] * 100


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.jsonl", '{"pred": 1}\n{bad\n', "line 2"),
        ("a.jsonl", '{"question": "1+1?"}\n', "no field with"),
        ("a.csv", "pred,gt\n1,2,3\n", "line 2"),
        ("a.tsv", "pred\tgt\n1\t2\t3\n", "line 2: more cells than the header has names"),
        ("a.txt", "", "holds no answers"),
    ],
)
def test_a_file_that_cannot_be_graded_says_why(
    mathcli: Run, tmp_path: Path, name: str, text: str, says: str
) -> None:
    (tmp_path / name).write_text(text)
    done = mathcli("grade", str(tmp_path / name))
    assert done.code == 2
    assert says in done.err
    assert done.out == ""


def test_keys_that_do_not_fit_are_refused(mathcli: Run, tmp_path: Path) -> None:
    answers, key = tmp_path / "a.txt", tmp_path / "k.txt"
    answers.write_text("1\n2\n3\n")
    key.write_text("1\n2\n")
    done = mathcli("grade", str(answers), "--key", str(key))
    assert done.code == 2
    assert "3 answers" in done.err
    twice = write(tmp_path / "k.jsonl", [{"id": 1, "answer": "1"}, {"id": 1, "answer": "2"}])
    rows = write(tmp_path / "a.jsonl", [{"id": 1, "pred": "1"}])
    done = mathcli("grade", rows, "--key", twice)
    assert done.code == 2
    assert "twice" in done.err


def test_a_missing_file_is_a_usage_error(mathcli: Run, tmp_path: Path) -> None:
    assert mathcli("grade", str(tmp_path / "none.jsonl")).code == 2
    good = write(tmp_path / "a.jsonl", [{"pred": "1", "gt": "1"}])
    assert mathcli("grade", good, "-o", str(tmp_path / "no" / "out.csv")).code == 2


def test_a_key_may_accept_several_answers_and_the_verdict_says_which(
    mathcli: Run, tmp_path: Path
) -> None:
    answers, key = tmp_path / "a.csv", tmp_path / "k.csv"
    answers.write_text("id,answer\n1,0.5\n2,blue\n3,9\n4,7\n")
    key.write_text("id,answer\n1,1 || 1/2\n2,red || blue\n3,7 || 8\n4,7\n")
    done = mathcli("grade", str(answers), "--key", str(key), "--json")
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [row["verdict"] for row in rows] == ["correct", "correct", "incorrect", "correct"]
    assert rows[0]["reason"].endswith("it matches 1/2")
    assert rows[1]["reason"].endswith("it matches blue")
    assert "matches" not in rows[3]["reason"]
    assert rows[0]["expected"] == "1 || 1/2"


def test_a_class_of_answers_is_graded_as_it_was_written(mathcli: Run, tmp_path: Path) -> None:
    rows = [
        ("2 hours 30 minutes", "2 hours 30 minutes", "correct"),
        ("2 hours 30 minutes", "30 minutes", "incorrect"),
        ("5 1/2 cups", "5 1/2 cups", "correct"),
        ("5 feet 10 inches", "5 feet 10 inches", "correct"),
        ("6840 ft^2", "6840 ft^2", "correct"),
        ("The roots are 3 and -2", "3, -2", "correct"),
        ("The volume is 30 cm^3", "30 cm^3", "correct"),
        ("x is 5 or 7", "7", "incorrect"),
        ("So there are 15 apples left.", "15", "correct"),
        ("She had 5 eggs. She gave 3 of them away. So she has 2 eggs left.", "2", "correct"),
        ("something nobody can read", "something nobody can read", "correct"),
    ]
    data = [{"response": given, "solution": right} for given, right, _ in rows]
    done = mathcli("grade", write(tmp_path / "a.jsonl", data), "--timeout", "30")
    found = verdicts(done.out)
    assert [*zip(rows, found, strict=True)] == [(row, row[2]) for row in rows]


def test_a_european_table_is_read_and_written_as_it_came(mathcli: Run, tmp_path: Path) -> None:
    answers = tmp_path / "a.csv"
    answers.write_bytes("id;answer;gt\n1;=1+1;2\n2;-5;-5\n3;né;né\n".encode("utf-16"))
    done = mathcli("grade", str(answers))
    assert "is read as UTF-16" in done.err
    assert "separated by semicolons" in done.err
    rows = list(csv.reader(io.StringIO(done.out), delimiter=";"))
    assert [row[1] for row in rows] == ["answer", "'=1+1", "-5", "né"]
    assert [row[3] for row in rows[2:]] == ["correct", "correct"]


def test_what_cannot_be_read_or_written_is_refused(mathcli: Run, tmp_path: Path) -> None:
    sheet, good = tmp_path / "a.xlsx", tmp_path / "a.csv"
    sheet.write_bytes(b"PK\x03\x04")
    good.write_text("pred,gt\n1,1\n")
    for words in (
        [str(sheet)],
        [str(good), "--key", str(sheet)],
        [str(good), "-o", str(tmp_path / "out.xls")],
        [str(good), "-o", str(good)],
    ):
        done = mathcli("grade", *words)
        assert (done.code, done.out) == (2, "")
    assert good.read_text() == "pred,gt\n1,1\n"
    assert not (tmp_path / "out.xls").exists()


def test_totals_for_each_student(mathcli: Run, tmp_path: Path) -> None:
    answers = tmp_path / "a.csv"
    answers.write_text("student,pred,gt\nAda,1,1\nBob,2,1\nAda,3,4\n")
    done = mathcli("grade", str(answers), "--by", "student")
    assert done.err.splitlines()[-3:] == [
        "student Ada: 1 correct · 1 incorrect · 0 undecided of 2 (50.0% correct)",
        "student Bob: 0 correct · 1 incorrect · 0 undecided of 1 (0.0% correct)",
        "1 correct · 2 incorrect · 0 undecided of 3 (33.3% correct)",
    ]
    done = mathcli("grade", str(answers), "--by", "name")
    assert done.code == 2
    assert "student, pred, gt" in done.err


@pytest.mark.parametrize(
    ("option", "given", "right"),
    [
        (["--decimal-comma"], "1.234,5", "1234,5"),
        (["--positive"], "sqrt(x^2)", "x"),
        (["--units", "ignore"], "5 cm", "5 m"),
        (["--digits", "3"], "3.14", "pi"),
    ],
)
def test_where_teachers_differ(
    mathcli: Run, tmp_path: Path, option: list[str], given: str, right: str
) -> None:
    answers = write(tmp_path / "a.jsonl", [{"pred": given, "gt": right}])
    assert verdicts(mathcli("grade", answers).out) != ["correct"]
    assert verdicts(mathcli("grade", answers, *option).out) == ["correct"]
