"""Describe requests and responses to OpenAPI from the schemas of kb, so that no contract is written twice.

One module for each group of routes, named as the group.
"""
