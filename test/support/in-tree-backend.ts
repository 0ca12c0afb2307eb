/**
 * A PEP 517 build backend of one file and no dependencies, put into every source distribution that tests build: PKG-INFO
 * becomes METADATA, what lies in `src` the contents.
 */
export const IN_TREE_BACKEND = `import base64, hashlib, os, re, zipfile


def _fields():
    with open("PKG-INFO", encoding="utf-8") as file:
        text = file.read()
    head = text.split("\\n\\n", 1)[0]
    find = lambda field: re.search(rf"^{field}: *(.*)$", head, re.M).group(1).strip()
    return re.sub(r"[-_.]+", "_", find("Name")).lower(), find("Version"), text


def _dist_info():
    name, version, text = _fields()
    files = {
        "METADATA": text,
        "WHEEL": "Wheel-Version: 1.0\\nGenerator: in-tree\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    if os.path.exists("entry_points.txt"):
        with open("entry_points.txt", encoding="utf-8") as file:
            files["entry_points.txt"] = file.read()
    return f"{name}-{version}", {path: text.encode() for path, text in files.items()}


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    stem, files = _dist_info()
    folder = os.path.join(metadata_directory, f"{stem}.dist-info")
    os.makedirs(folder)
    for path, data in files.items():
        with open(os.path.join(folder, path), "wb") as file:
            file.write(data)
    return f"{stem}.dist-info"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    stem, info = _dist_info()
    files = {}
    for folder, _, names in os.walk("src"):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, "src").replace(os.sep, "/")] = file.read()
    for path, data in info.items():
        files[f"{stem}.dist-info/{path}"] = data
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    rows = [f"{path},sha256={digest(data)},{len(data)}\\n" for path, data in files.items()]
    rows.append(f"{stem}.dist-info/RECORD,,\\n")
    files[f"{stem}.dist-info/RECORD"] = "".join(rows).encode()
    filename = f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, filename), "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return filename
`;
