"""Memory: facts, preferences, events and procedures that are extracted, reconciled, dated, sourced and searchable."""
