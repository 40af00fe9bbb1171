"""Language models, over their vendors' own SDKs."""
