"""Loading: from the bytes of a file to text with headings and pages (``index.load.loading``).

Knows nothing of chunks, keys or storage. The text is normalised here, once. What is in a file is
looked at in a worker process (``index.load.isolated``): no file can stop or break this one. This
package imports nothing, so that whoever only searches loads no format.
"""
