#!/usr/bin/env python3
"""Prints a report."""

print("nothing to report")
