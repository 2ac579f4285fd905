"""Draws photo sets by formula: a floor, a wall, light through a window, podiums, arches, props.

No model and no picture of anyone else is in it. Everything is computed in linear light and from one
seed: the same look, size, seed and palette give the same bytes.
"""
