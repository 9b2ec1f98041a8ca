"""Given and complete: data sets and the tools the notebooks use."""
