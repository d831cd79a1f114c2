// The stored threads: open, rename, delete.
import { useState } from "react";

import type { ThreadEntry } from "./server.ts";

interface Props {
  threads: ThreadEntry[];
  current: string;
  onOpen: (id: string) => void;
  onRename: (id: string, title: string) => void;
  onRemove: (id: string) => void;
}

export function ThreadList({ threads, current, onOpen, onRename, onRemove }: Props) {
  const [renamed, setRenamed] = useState<string | null>(null);
  return (
    <ul className="threads">
      {threads.map((thread) => (
        <li key={thread.id} aria-current={thread.id === current ? "page" : undefined}>
          {renamed === thread.id ? (
            <TitleForm
              title={titleOf(thread)}
              onTitle={(title) => {
                setRenamed(null);
                if (title) onRename(thread.id, title);
              }}
            />
          ) : (
            <Entry
              title={titleOf(thread)}
              onOpen={() => {
                onOpen(thread.id);
              }}
              onRename={() => {
                setRenamed(thread.id);
              }}
              onRemove={() => {
                if (confirm(`Delete “${titleOf(thread)}”?`)) onRemove(thread.id);
              }}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

const titleOf = ({ title }: ThreadEntry): string => title ?? "Untitled";

interface EntryProps {
  title: string;
  onOpen: () => void;
  onRename: () => void;
  onRemove: () => void;
}

function Entry({ title, onOpen, onRename, onRemove }: EntryProps) {
  return (
    <>
      <button type="button" className="thread-title" onClick={onOpen} title={title}>
        {title}
      </button>
      <button type="button" className="icon" aria-label={`Rename ${title}`} onClick={onRename}>
        <span aria-hidden="true">✎</span>
      </button>
      <button type="button" className="icon" aria-label={`Delete ${title}`} onClick={onRemove}>
        <span aria-hidden="true">×</span>
      </button>
    </>
  );
}

function TitleForm({ title, onTitle }: { title: string; onTitle: (title: string) => void }) {
  return (
    <form
      action={(form) => {
        const value = form.get("title");
        onTitle(typeof value === "string" ? value.trim() : "");
      }}
    >
      <input
        name="title"
        defaultValue={title}
        aria-label="Title of the thread"
        autoFocus
        onKeyDown={(event) => {
          if (event.key === "Escape") onTitle("");
        }}
      />
    </form>
  );
}
