"""A receipt is valid as it was signed, and no longer when anything in it was changed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.memory.receipts import FORMAT, NOT_REACHED, VERSION, canonical, digest, sign, verify_receipt

KEY = bytes(range(32))
STATEMENT = {
    "format": FORMAT,
    "version": VERSION,
    "project": "default",
    "asked": {"user_id": "änn"},
    "counts": {"memories": 1, "versions": 2, "episodes": 1, "contents": 2},
    "digest": digest(["b", "a"]),
    "erased_at": "2026-05-08T13:56:00+00:00",
    "operation_id": "01890000-0000-7000-8000-000000000000",
    "seq": 7,
    "replica": "r",
    "scrubbed": True,
    "not_reached": list(NOT_REACHED),
}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_a_signed_receipt_is_valid_also_after_a_journey_as_json():
    receipt = sign(STATEMENT, KEY)
    assert verify_receipt(receipt) == []
    assert verify_receipt(json.loads(json.dumps(receipt, indent=2))) == []


def test_members_in_another_order_are_the_same_receipt():
    assert verify_receipt(dict(reversed(sign(STATEMENT, KEY).items()))) == []


@pytest.mark.parametrize("name", sorted(STATEMENT))
def test_any_change_of_a_member_is_noticed(name):
    receipt = sign(STATEMENT, KEY)
    value = receipt[name]
    changed = {
        bool: lambda: not value,
        int: lambda: value + 1,
        str: lambda: value + "x",
        dict: lambda: value | {"memories": 9},
        list: lambda: value[1:],
    }[type(value)]()
    assert verify_receipt(receipt | {name: changed}) != []


@pytest.mark.parametrize("name", sorted(STATEMENT | {"public_key": "", "signature": ""}))
def test_a_missing_member_is_named(name):
    receipt = sign(STATEMENT, KEY)
    del receipt[name]
    assert verify_receipt(receipt) == [f"{name} is missing."]


def test_an_added_member_is_named():
    assert verify_receipt(sign(STATEMENT, KEY) | {"extra": 1}) == ["extra is no member of a receipt."]


def test_the_key_of_another_store_is_refused_when_the_key_is_known():
    receipt = sign(STATEMENT, KEY)
    assert verify_receipt(receipt, public_key=receipt["public_key"]) == []
    assert verify_receipt(receipt, public_key="00" * 32) != []


def test_a_receipt_signed_anew_with_another_key_shows_it():
    forged = sign(STATEMENT | {"counts": STATEMENT["counts"] | {"memories": 0}}, b"\1" * 32)
    assert verify_receipt(forged) == []
    assert verify_receipt(forged, public_key=sign(STATEMENT, KEY)["public_key"]) != []


@given(JSON_VALUES)
def test_no_json_value_makes_the_check_fail_with_an_error(value):
    assert verify_receipt(value) != []


@given(st.sampled_from(sorted(sign(STATEMENT, KEY))), JSON_VALUES)
def test_no_value_of_a_member_makes_the_check_fail_with_an_error(name, value):
    receipt = sign(STATEMENT, KEY)
    changed = receipt | {name: value}
    assert (verify_receipt(changed) == []) == (canonical_or_none(changed) == canonical(receipt))


def canonical_or_none(receipt):
    try:
        return canonical(receipt)
    except ValueError:
        return None


def test_the_canonical_form_is_that_of_rfc_8785():
    assert canonical({"b": [1, True, None], "a": "€\n"}) == '{"a":"€\\n","b":[1,true,null]}'.encode()


def test_the_digest_does_not_depend_on_the_order():
    assert digest(["b", "a"]) == digest(["a", "b"]) != digest(["ab"])
