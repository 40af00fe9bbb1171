"""Receipts of erasure: signed statements of what was removed, which anyone can check without the store.

A receipt is a JSON object. Its signature is Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of all its other
members. The key pair belongs to the store; who wants to know *whose* store signed compares the public key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

FORMAT: Final = "ramet-erasure-receipt"
VERSION: Final = 1
NOT_REACHED: Final = (
    "backups and copies of the data directory",
    "exports and prompts made before",
    "other replicas and devices",
    "disk sectors that the file system has freed",
)
Receipt = dict[str, Any]

_MEMBERS: Final[Mapping[str, type]] = {
    "format": str,
    "version": int,
    "project": str,
    "asked": dict,
    "counts": dict,
    "digest": str,
    "erased_at": str,
    "operation_id": str,
    "seq": int,
    "replica": str,
    "scrubbed": bool,
    "not_reached": list,
    "public_key": str,
    "signature": str,
}
_COUNTS: Final = frozenset({"memories", "versions", "episodes", "contents"})
_OPTIONAL: Final = frozenset({"reason"})


def digest(ids: Iterable[str]) -> str:
    """Return ``sha256:`` and the hash of the sorted ids, each followed by a line feed."""
    joined = "".join(f"{found}\n" for found in sorted(ids))
    return f"sha256:{hashlib.sha256(joined.encode()).hexdigest()}"


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return canonical JSON (RFC 8785) of a value that has ASCII keys and no fractions."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sign(statement: Mapping[str, Any], private_key: bytes) -> Receipt:
    """Return the statement with ``public_key`` and ``signature`` (both hexadecimal) added.

    ``private_key`` is the 32-byte seed of RFC 8032.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(private_key)
    receipt = {**statement, "public_key": key.public_key().public_bytes_raw().hex()}
    return {**receipt, "signature": key.sign(canonical(receipt)).hex()}


def verify_receipt(receipt: object, *, public_key: str | None = None) -> list[str]:
    """Check a receipt by itself: its form and its signature. No store is needed.

    Args:
        receipt: the object that ``erase`` returned, perhaps read back from JSON.
        public_key: the key, hexadecimal, that the store is known by; without it any key will do.

    Returns:
        What is wrong, in sentences; nothing when the receipt is valid.
    """
    if not isinstance(receipt, Mapping):
        return ["A receipt is a JSON object."]
    problems = _form_problems(receipt)
    if problems:
        return problems
    if public_key is not None and receipt["public_key"] != public_key:
        problems.append("It was signed by another key than the given one.")
    if not _is_signed(receipt):
        problems.append("The signature does not match: the receipt was changed, or never signed by this key.")
    return problems


def _form_problems(receipt: Mapping[Any, Any]) -> list[str]:
    missing = sorted(_MEMBERS.keys() - receipt.keys())
    unknown = sorted(str(name) for name in receipt.keys() - _MEMBERS.keys() - _OPTIONAL)
    problems = [f"{name} is missing." for name in missing] + [f"{name} is no member of a receipt." for name in unknown]
    problems += [
        f"{name} is no {kind.__name__}."
        for name, kind in _MEMBERS.items()
        if name in receipt and type(receipt[name]) is not kind
    ]
    if problems:
        return problems
    if (receipt["format"], receipt["version"]) != (FORMAT, VERSION):
        return [f"The form is {receipt['format']} {receipt['version']}, not {FORMAT} {VERSION}."]
    counts = receipt["counts"]
    if counts.keys() != _COUNTS or any(type(count) is not int or count < 0 for count in counts.values()):
        return ["counts does not hold a number for each of memories, versions, episodes and contents."]
    return []


def _is_signed(receipt: Mapping[str, Any]) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signed = {name: value for name, value in receipt.items() if name != "signature"}
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(receipt["public_key"]))
        key.verify(bytes.fromhex(receipt["signature"]), canonical(signed))
    except (InvalidSignature, ValueError, TypeError, RecursionError):
        return False
    return True
