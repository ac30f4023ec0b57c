"""The edge that reads people's files: YAML, CSV and text in, one `Spec` out. Callers import the module they need."""
