import React from 'react';
export default () => <h1>Docs</h1>;
