import { createRoot } from 'react-dom/client';
createRoot(document.getElementById('root')).render(<p>{process.env.REACT_APP_API}</p>);
