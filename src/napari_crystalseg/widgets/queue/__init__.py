"""The queue of samples: processed one after the other while the one at hand is reviewed"""
