"""Prove the knowledge: defects, cases beside topics, published decisions."""
