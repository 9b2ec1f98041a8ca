"""The package a student completes: one module for each topic of the course."""
