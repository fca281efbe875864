"""Where numbers and statements come from: claims, references, identifiers, and the parameter library."""
