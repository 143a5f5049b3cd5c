"""Texts for people: alerts, digests, and how each channel lays them out."""
