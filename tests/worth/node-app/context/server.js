const express = require("express");
const moment = require("moment");

const app = express();
app.get("/", (_, response) => response.send(`It is ${moment().format("LT")}.\n`));
app.listen(3000);
