"""One module a format: contacts of the sample in, files of an export out."""
