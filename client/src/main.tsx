import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { createSession } from "./session/session.ts";
import { applyTheme, loadTheme } from "./session/theme.ts";
import "./styles/page.css";

applyTheme(loadTheme());
const root = document.getElementById("root");
if (root) createRoot(root).render(<App session={createSession()} />);
