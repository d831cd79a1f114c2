"""Files, as methods of a client. Source: spec/lumnis.md, 6.2."""

from jackfield_httpx.service import D
from jackfield_lumnis.flat.resources import Resources
from jackfield_lumnis.flat.shortcut import shortcut
from jackfield_lumnis.resources.files import Files


class StoredFiles(Resources[D]):
    """Files that agents may read."""

    upload_file = shortcut("files", Files.upload)
    download_file = shortcut("files", Files.download)
    delete_file = shortcut("files", Files.delete)
    search_files = shortcut("files", Files.search)
    list_files = shortcut("files", Files.list)
    get_file = shortcut("files", Files.get)
    get_file_content = shortcut("files", Files.get_content)
    get_file_status = shortcut("files", Files.get_processing_status)
