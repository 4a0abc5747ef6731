"""The month grid of the roster; everything else of the feature is made from its declarations."""
