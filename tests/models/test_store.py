from __future__ import annotations

from pathlib import Path

from mathcli.models import store
from tests.models.conftest import put


def test_a_model_without_all_its_bytes_is_not_there(home: Path) -> None:
    record = put("m.gguf", 10)
    record.path.write_bytes(bytes(9))
    assert store.records() == []
    assert store.verify(record) == [f"{record.path} has 9 bytes instead of 10 bytes"]
    record.path.unlink()
    assert store.verify(record) == [f"{record.path} is missing"]


def test_a_record_that_is_no_record_is_passed_over(home: Path) -> None:
    record = put("m.gguf", 10)
    beside = Path(f"{record.path}.json")
    for text in ("", "[]", '{"files": []}', '{"files": [{"path": 1}]}', "{", '{"colour": 3}'):
        beside.write_text(text)
        assert store.records() == []
        assert store.record_of(record.path) is None


def test_removing_the_last_model_removes_its_folders(home: Path) -> None:
    assert store.remove(put("m.gguf", 10)) == 10
    assert list(store.models_folder().iterdir()) == []
