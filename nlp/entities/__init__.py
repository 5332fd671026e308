"""Entities by rules: identifiers, money, dates, products, each with a normal form."""
