"""What is installed works: the library for other programs, and the Debian package."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from support.ogg import read_ogg_opus
from support.program import BUILD, ROOT

pytestmark = pytest.mark.release_only("a sanitized library cannot be used by a program built without")
EXAMPLE = ROOT / "examples" / "library"


def run(*command, **options) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, check=False, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{(done.stdout + done.stderr)[-3000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def installed(tmp_path_factory) -> Path:
    prefix = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BUILD, "--prefix", prefix)
    return prefix


def library_folder(prefix: Path) -> Path:
    return next(prefix.rglob("libchasqui.so")).parent


def environment(prefix: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CHASQUI_")}
    return clean | {"LD_LIBRARY_PATH": str(library_folder(prefix))}


def check_example(program: Path, prefix: Path, wav: Path, folder: Path):
    said = run(program, wav, folder / "o.opus", env=environment(prefix))
    read = read_ogg_opus(folder / "o.opus")
    assert read.samples == 3 * 48_000 and "3.0 s" in said and str((folder / "o.opus").stat().st_size) in said


def test_library_by_cmake(installed, tmp_path, short_wav):
    run("cmake", "-S", EXAMPLE, "-B", tmp_path / "b", f"-DCMAKE_PREFIX_PATH={installed}", "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", tmp_path / "b")
    check_example(tmp_path / "b" / "compress_lesson", installed, short_wav, tmp_path)


def test_library_by_pkg_config(installed, tmp_path, short_wav):
    found = os.environ | {"PKG_CONFIG_PATH": str(library_folder(installed) / "pkgconfig")}
    flags = shlex.split(run("pkg-config", "--cflags", "--libs", "chasqui", env=found))
    run("g++", EXAMPLE / "compress_lesson.cpp", "-o", tmp_path / "compress_lesson", *flags)
    check_example(tmp_path / "compress_lesson", installed, short_wav, tmp_path)


def test_headers_need_nothing_else(installed, tmp_path):
    """Each header compiles alone, and none names a third party."""
    headers = sorted((installed / "include" / "chasqui").glob("*.hpp"))
    assert headers
    for header in headers:
        (tmp_path / "x.cpp").write_text(f"#include <chasqui/{header.name}>\nint main() {{}}\n")
        run("g++", "-std=c++23", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{installed / 'include'}", "-fsyntax-only", tmp_path / "x.cpp")
        text = header.read_text()
        for name in ("boost", "fmt/", "spdlog", "opus.h", "ogg/", "libav", "CLI/"):
            assert f"<{name}" not in text, f"{header.name} includes {name}"


def test_library_gives_only_its_own_names(installed):
    names = [line.split()[-1] for line in run("nm", "-DC", "--defined-only", library_folder(installed) / "libchasqui.so").splitlines()]
    foreign = [n for n in names if any(part in n for part in ("fmt::", "spdlog::", "boost::json::parse", "opus_", "ogg_"))]
    assert not foreign, f"names of other libraries are given out: {foreign[:5]}"


def test_installed_program(installed, tmp_path, short_wav):
    run(installed / "bin" / "chasqui", "compress", short_wav, "-o", tmp_path / "o.opus", env=environment(installed), cwd="/")
    assert read_ogg_opus(tmp_path / "o.opus").samples == 3 * 48_000


def test_debian_package(tmp_path, short_wav):
    run("cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", tmp_path, cwd=BUILD)
    package, = tmp_path.glob("*.deb")
    listed = run("dpkg-deb", "-c", package)
    for wanted in ("/usr/bin/chasqui\n", "/chasqui-decode\n", "/libchasqui.so", "/usr/include/chasqui/compress.hpp\n", "/chasqui.pc\n",
                   "/chasqui-config.cmake\n"):
        assert wanted in listed, f"{wanted.strip()} is not in the package:\n{listed}"
    depends = run("dpkg-deb", "-f", package, "Depends")
    for library in ("libopus0", "libavformat59", "libogg0", "libc6"):
        assert library in depends, depends
    root = tmp_path / "root"
    run("dpkg-deb", "-x", package, root)
    found = environment(root)
    pkg_config = os.environ | {"PKG_CONFIG_PATH": str(library_folder(root) / "pkgconfig")}
    for variable, wanted in (("libdir", "libchasqui.so"), ("includedir", "chasqui/compress.hpp")):
        folder = Path(run("pkg-config", f"--variable={variable}", "chasqui", env=pkg_config).strip())
        assert folder.is_relative_to(root) and (folder / wanted).exists(), f"chasqui.pc says that {variable} is {folder}"
    assert "chasqui" in run(root / "usr" / "bin" / "chasqui", "version", env=found, cwd="/").lower()
    run(root / "usr" / "bin" / "chasqui", "compress", short_wav, "-o", tmp_path / "o.opus", env=found, cwd="/")
    assert read_ogg_opus(tmp_path / "o.opus").samples == 3 * 48_000
