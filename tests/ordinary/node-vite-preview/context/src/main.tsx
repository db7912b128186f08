import {createRoot} from "react-dom/client";createRoot(document.getElementById("r")!).render(<b>hi</b>);
