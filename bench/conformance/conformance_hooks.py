"""What Schemathesis does not know by itself."""

import schemathesis


@schemathesis.serializer("application/offset+octet-stream")
def offset_octet_stream(ctx, value):
    """Bytes of an upload are bytes."""
    return value if isinstance(value, bytes) else str(value).encode()
