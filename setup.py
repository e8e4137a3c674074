"""What the wheel holds: all that lies in the four folders, as parts of one package.

Each folder lies at the root and is ``neuroloom.<folder>``. setuptools finds packages below one
root and under the names of their folders only, so their names are prefixed here.
"""

from setuptools import find_namespace_packages, setup

FOLDERS = ("golden", "hdl", "verif", "flows")
BELOW = [name for folder in FOLDERS for name in (folder, f"{folder}.*")]

setup(
    packages=[
        f"neuroloom.{name}"
        for name in find_namespace_packages(include=BELOW, exclude=["*__pycache__*"])
    ],
    package_dir={f"neuroloom.{folder}": folder for folder in FOLDERS},
    package_data={"": ["*"]},  # templates and tables as well as modules
)
