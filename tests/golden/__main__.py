from tests.golden import FOLDER, found, wanted


def main() -> None:
    """Write every golden file that is not as the program has it, and remove those nothing stands behind."""
    now, before = wanted(), found()
    for path in sorted(now.keys() | before.keys()):
        if path not in now:
            (FOLDER / path).unlink()
        elif now[path] != before.get(path):
            (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / path).write_text(now[path], "utf-8")
        else:
            continue
        print(f"{path}: {'written' if path in now else 'removed'}")


if __name__ == "__main__":
    main()
