"""Photographs: rendered training sets, the networks' trainers and their evaluation."""
