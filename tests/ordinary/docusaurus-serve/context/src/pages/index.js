import React from 'react';
export default () => <h1>Hi</h1>;
