/** As much of the origin private file system as is used, in memory: files are swapped when they are closed. */
export class MemoryStorage {
  readonly root = new Directory("", this);
  /** Bytes that fit. */
  quota = Number.POSITIVE_INFINITY;

  get usage(): number {
    return Object.values(this.files).reduce((sum, size) => sum + size, 0);
  }

  /** Sizes of all files by path. */
  get files(): Record<string, number> {
    const found: Record<string, number> = {};
    const walk = (directory: Directory, at: string): void => {
      for (const [name, entry] of directory.entries) {
        if (entry instanceof Directory) walk(entry, `${at}${name}/`);
        else found[at + name] = entry.content.length;
      }
    };
    walk(this.root, "");
    return found;
  }

  /** What stands for `navigator` where this is the storage; only one tab is open. */
  get navigator() {
    return {
      onLine: true,
      storage: {
        getDirectory: async () => this.root,
        estimate: async () => ({ usage: this.usage, quota: Math.min(this.quota, 1e12) }),
      },
      locks: { request: (_name: string, _options: object, held: () => unknown) => held() },
    };
  }
}

class Directory {
  readonly kind = "directory";
  readonly entries = new Map<string, Directory | StoredFile>();

  readonly name: string;
  readonly storage: MemoryStorage;

  constructor(name: string, storage: MemoryStorage) {
    this.name = name;
    this.storage = storage;
  }

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<Directory> {
    return this.#get(name, create, Directory);
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<StoredFile> {
    return this.#get(name, create, StoredFile);
  }

  async removeEntry(name: string, { recursive = false } = {}): Promise<void> {
    const entry = this.entries.get(name);
    if (!entry) throw new DOMException("not there", "NotFoundError");
    if (entry instanceof Directory && entry.entries.size > 0 && !recursive) {
      throw new DOMException("not empty", "InvalidModificationError");
    }
    this.entries.delete(name);
  }

  async *values(): AsyncGenerator<Directory | StoredFile> {
    yield* [...this.entries.values()];
  }

  #get<T extends Directory | StoredFile>(
    name: string,
    create: boolean,
    Kind: new (name: string, storage: MemoryStorage) => T,
  ): T {
    const entry = this.entries.get(name);
    if (entry instanceof Kind) return entry;
    if (entry || !create) throw new DOMException("not there", entry ? "TypeMismatchError" : "NotFoundError");
    const made = new Kind(name, this.storage);
    this.entries.set(name, made);
    return made;
  }
}

class StoredFile {
  readonly kind = "file";
  content = new Uint8Array(0);
  changed = Date.now();

  readonly name: string;
  readonly storage: MemoryStorage;

  constructor(name: string, storage: MemoryStorage) {
    this.name = name;
    this.storage = storage;
  }

  async getFile(): Promise<File> {
    return new File([this.content], this.name, { lastModified: this.changed });
  }

  async createSyncAccessHandle() {
    return {
      write: (bytes: Uint8Array, { at }: { at: number }): number => {
        const size = Math.max(this.content.length, at + bytes.length);
        if (this.storage.usage - this.content.length + size > this.storage.quota) {
          throw new DOMException("full", "QuotaExceededError");
        }
        // As a disk does where it is nearly full, it takes a part.
        const taken = Math.ceil(bytes.length / 2);
        const content = new Uint8Array(Math.max(this.content.length, at + taken));
        content.set(this.content);
        content.set(bytes.subarray(0, taken), at);
        this.content = content;
        this.changed = Date.now();
        return taken;
      },
      close() {},
    };
  }

  async createWritable() {
    const written: number[] = [];
    return {
      write: async (chunk: Uint8Array) => {
        if (this.storage.usage + written.length + chunk.length > this.storage.quota) {
          throw new DOMException("full", "QuotaExceededError");
        }
        for (const byte of chunk) written.push(byte);
      },
      close: async () => {
        this.content = Uint8Array.from(written);
        this.changed = Date.now();
      },
      abort: async () => {},
    };
  }
}
