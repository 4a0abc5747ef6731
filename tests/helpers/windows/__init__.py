"""Page objects: what a person sees and does in each window; going elsewhere gives the page it leads to."""
