"""What touches the outside: stores, embedders, models. Each implements a port of a feature."""
