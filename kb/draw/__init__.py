"""Lay out charts: every place and length in the units of the drawing; the template only draws."""
