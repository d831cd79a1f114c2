// Threads beside, the chosen one in the middle; a thread that was opened keeps running unseen.
import { useState } from "react";

import { Chat } from "./Chat.tsx";
import type { Agents } from "./server.ts";
import { applyTheme, nextTheme, storedTheme } from "./theme.ts";
import { ThreadList } from "./ThreadList.tsx";
import { useOpened } from "./useOpened.ts";
import { useThreads } from "./useThreads.ts";

export function Workspace({ agents }: { agents: Agents }) {
  const [agent, setAgent] = useState(agents.default);
  const [menu, setMenu] = useState(false);
  const threads = useThreads();
  const { current, opened, failed, open, startNew, close } = useOpened();
  const choose = (id: string) => {
    setMenu(false);
    open(id);
  };
  return (
    <div className="workspace" data-menu={menu}>
      <header className="bar">
        <button
          type="button"
          className="icon menu"
          aria-expanded={menu}
          aria-controls="threads"
          aria-label="Threads"
          onClick={() => {
            setMenu(!menu);
          }}
        >
          <span aria-hidden="true">☰</span>
        </button>
        <h1>Jackfield</h1>
        <AgentChoice agents={agents} agent={agent} onChoose={setAgent} />
        <ThemeButton />
      </header>
      <nav id="threads" className="side" aria-label="Threads">
        <button
          type="button"
          className="primary"
          onClick={() => {
            setMenu(false);
            startNew();
          }}
        >
          New thread
        </button>
        <ThreadList
          threads={threads.entries}
          current={current}
          onOpen={choose}
          onRename={threads.rename}
          onRemove={(id) => {
            threads.remove(id);
            close(id);
          }}
        />
      </nav>
      <main className="panes">
        {failed && (
          <p className="notice" role="alert">
            {failed}
          </p>
        )}
        {opened.map((thread) => (
          <section key={thread.id} className="pane" hidden={thread.id !== current}>
            <Chat opened={thread} agent={agent} onFinish={threads.refresh} />
          </section>
        ))}
      </main>
    </div>
  );
}

interface ChoiceProps {
  agents: Agents;
  agent: string;
  onChoose: (name: string) => void;
}

function AgentChoice({ agents, agent, onChoose }: ChoiceProps) {
  return (
    <label className="agent">
      <span aria-hidden="true">Agent</span>
      <select
        aria-label="Agent"
        value={agent}
        onChange={(event) => {
          onChoose(event.target.value);
        }}
      >
        {agents.agents.map(({ name, model }) => (
          <option key={name} value={name} title={model}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <button
      type="button"
      className="quiet"
      onClick={() => {
        const next = nextTheme(theme);
        applyTheme(next);
        setTheme(next);
      }}
    >
      Colours: {theme}
    </button>
  );
}
