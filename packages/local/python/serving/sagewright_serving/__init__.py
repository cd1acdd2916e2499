"""The scikit-learn image's inference server, re-made with the standard library."""
