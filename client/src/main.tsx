import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { createSession } from "./session/session.ts";
import "./styles.css";

const root = document.getElementById("root");
if (root) createRoot(root).render(<App session={createSession()} />);
