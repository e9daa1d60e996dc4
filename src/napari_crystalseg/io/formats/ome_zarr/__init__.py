"""OME-Zarr and plain Zarr arrays.

Zarr itself reads and writes the arrays; what stands here is what they mean. No kept library does all of it:
ome-zarr-py leaves out the scale and origin of a whole image beside those of its levels (its issue 172), and neither it
nor ngff-zarr is made to refuse codecs that run what they unpack, or to write a folder that is whole or not there.
"""
