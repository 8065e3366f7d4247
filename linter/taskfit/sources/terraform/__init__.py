"""Terraform: HCL, its evaluation, plans and states."""
