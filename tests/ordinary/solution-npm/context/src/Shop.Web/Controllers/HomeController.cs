using Microsoft.AspNetCore.Mvc;
using Shop.Core;
namespace Shop.Web.Controllers;
public class HomeController(Catalog catalog) : Controller { public IActionResult Index() => View(catalog.All()); }
