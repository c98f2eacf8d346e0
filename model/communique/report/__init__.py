"""Labelled output, counted and shown: aggregates as DataFrames, and a page that an analyst can look at."""
