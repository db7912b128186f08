using System.Drawing;
var b=WebApplication.CreateBuilder(args);var app=b.Build();
app.MapGet("/",()=>{var i=new Bitmap(10,10);return i.Width;});
app.Run();
