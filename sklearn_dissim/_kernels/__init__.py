"""Kernels over lists of pairs: arrays in, arrays out."""
