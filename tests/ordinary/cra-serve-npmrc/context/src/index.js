import React from "react";
import ReactDOM from "react-dom";
import axios from "axios";
axios.get(process.env.REACT_APP_API_URL);
ReactDOM.render(<p>hi</p>, document.getElementById("root"));
