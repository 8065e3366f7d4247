"""The conditions that no schema can say: one module a family, one function a rule."""
