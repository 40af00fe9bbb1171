"""Assertions of the shipped suites are explained like the tests' own."""

import pytest

pytest.register_assert_rewrite("ramet.testing.stores")
