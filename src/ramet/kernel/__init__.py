"""What every part stands on: ids, time, scope, errors, the journal's records. Standard library only."""
